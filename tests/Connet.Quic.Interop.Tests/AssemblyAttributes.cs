// Other processes and sockets take part, and bulk transfers would slow each other down: one test at a time, in a category of its own.
[assembly: Category("Integration")]
[assembly: NonParallelizable]
[assembly: LevelOfParallelism(1)]

// Bulk transfers would slow each other down: one test at a time.
[assembly: NonParallelizable]
[assembly: LevelOfParallelism(1)]

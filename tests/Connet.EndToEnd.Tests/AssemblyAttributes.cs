// Processes with times to keep: one test at a time.
[assembly: NonParallelizable]
[assembly: LevelOfParallelism(1)]

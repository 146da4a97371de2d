// Most of these tests wait for the network or a timer.
[assembly: LevelOfParallelism(6)]

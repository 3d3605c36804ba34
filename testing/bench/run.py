"""Runs every benchmark: `make bench`, or `python testing/bench/run.py [--json FILE]`."""

import sys

import bench_c_calls
import bench_c_data
import bench_cpp
import bench_fly
import bench_start
import bench_threads
import harness

if __name__ == "__main__":
    sys.exit(harness.run([bench_c_calls.questions, bench_c_data.questions, bench_cpp.questions,
                          bench_fly.questions,
                          bench_start.questions, bench_threads.questions]))

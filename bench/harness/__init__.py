"""The benchmark's driver: what to build, what to run, what to hold the figures to, how to print them."""

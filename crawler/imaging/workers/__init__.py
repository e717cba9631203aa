"""The worker processes in which images are decoded: starting them, talking to them, their limits.

Nothing is re-exported: a worker process imports `worker` alone, and stays light.
"""

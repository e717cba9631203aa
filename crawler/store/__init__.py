"""The archive on disk: where a bundle stands, what its files are called, and the catalog.

Nothing is re-exported: the worker processes import `bundle` alone, and stay light.
"""

"""Scrapy in this process: runs of the spiders, and fetching where no run is under way.

Nothing is re-exported: a run needs nothing of what else is fetched.
"""

"""The wiring of what needs no crawl.

Nothing is re-exported: each verb loads what it needs, and no more.
"""

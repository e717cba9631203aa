"""Rewrite articles to use the archived images, and restore them; the commands of both.

Nothing is re-exported: each command loads what it needs, and no more.
"""

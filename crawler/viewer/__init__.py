"""Offline pages: the gallery of an archive, and one page for each bundle."""

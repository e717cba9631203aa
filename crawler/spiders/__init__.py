"""The spider: posts with their references, from sources that are read lazily."""

"""Posts from pages of the web: the element that holds the article, its metadata, its revision."""

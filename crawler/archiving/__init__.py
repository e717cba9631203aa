"""The engine: from a post to its entries, without Scrapy."""

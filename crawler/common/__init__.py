"""What every stage stands on: URLs, files, digests, media types, dates, records as JSON."""

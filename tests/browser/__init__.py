"""Tests with a real browser, before the site as production serves it; the server lives as long as this package."""

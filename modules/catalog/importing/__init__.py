"""Product files in Shopify's format: read row by row, each product in whole or not at all."""

"""People come and go for hours at half of what the shop can bear, and nothing grows that should not: `make soak`."""

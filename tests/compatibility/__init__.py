"""Today beside the releases before."""

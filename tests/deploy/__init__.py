"""What is deployed: manifests that clusters accept, and processes that start as the manifests say."""

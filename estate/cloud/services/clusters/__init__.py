"""EKS: what moto leaves out of clusters, and what belongs to them."""

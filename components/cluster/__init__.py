"""A GPU cluster on EKS and what runs on it."""

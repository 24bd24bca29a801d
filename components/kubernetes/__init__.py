"""What runs on the GPU cluster: operators, queues, nodes on demand, hosts of models."""

"""SageMaker HyperPod: GPU nodes that SageMaker keeps healthy, on a Kubernetes cluster of the estate."""

"""What somebody runs on a cluster: pods with GPUs, a load balancer in front of them, a volume."""

from typing import Any

from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.world import World

LOOK_EVERY = 15.0


def gpu_deployment(name: str) -> dict[str, Any]:
    """Two pods with a GPU each, one to a node."""
    container = {"name": "main", "image": "example/gpu:1", "resources": {"limits": {"nvidia.com/gpu": "1"}}}
    tolerations = [{"key": "nvidia.com/gpu", "operator": "Exists"}]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"tolerations": tolerations, "containers": [container]},
            },
        },
    }


def balanced_service(name: str) -> dict[str, Any]:
    annotations = {"service.beta.kubernetes.io/aws-load-balancer-type": "external"}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "default", "annotations": annotations},
        "spec": {"type": "LoadBalancer", "selector": {"app": name}, "ports": [{"port": 80, "protocol": "TCP"}]},
    }


def claiming_pod(name: str) -> list[dict[str, Any]]:
    """A class of EBS volumes, a claim on one of 20 GiB, and the pod that uses it on the system nodes."""
    return [
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": "gp3"},
            "provisioner": "ebs.csi.aws.com",
            "reclaimPolicy": "Delete",
            "volumeBindingMode": "WaitForFirstConsumer",
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": name, "namespace": "default"},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": "gp3",
                "resources": {"requests": {"storage": "20Gi"}},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": "default"},
            "spec": {
                "tolerations": [{"operator": "Exists"}],
                "containers": [
                    {
                        "name": "main",
                        "image": "example/db:1",
                        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
                    }
                ],
                "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": name}}],
            },
        },
    ]


def pass_time(api: Api, world: World, steps: int) -> None:
    """Let controllers work and time go by, in turn."""
    for _ in range(steps):
        api.settle()
        world.clock.sleep(LOOK_EVERY)

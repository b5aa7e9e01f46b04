"""The same requests to the embedded API and to a real kube-apiserver: what it answered is recorded in `real.jsonl`."""

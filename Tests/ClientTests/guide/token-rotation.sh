#!/bin/bash
# List all service account tokens older than 30 days
for ns in $(kubectl get ns -o name | cut -d/ -f2); do
  for secret in $(kubectl get secrets -n $ns -o json | \
    jq -r '.items[] |
      select(.type == "kubernetes.io/service-account-token") |
      select(.metadata.creationTimestamp | fromdateiso8601 < (now - 2592000)) |
      .metadata.name'); do
    echo "Rotating token: $ns/$secret"
    # Delete old token (will be auto-recreated)
    kubectl delete secret $secret -n $ns
  done
done

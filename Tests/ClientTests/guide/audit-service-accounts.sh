#!/bin/bash
echo "=== Service Account Audit ==="
echo
# List all service accounts with their tokens
for ns in $(kubectl get ns -o jsonpath='{.items[*].metadata.name}'); do
  echo "Namespace: $ns"
  kubectl get sa -n $ns -o json | jq -r '.items[] |
    select(.metadata.name != "default") |
    "\(.metadata.name): Tokens=\(.secrets | length)"'
  echo
done
# Find service accounts with cluster-admin
echo "=== Service Accounts with cluster-admin ==="
kubectl get clusterrolebindings -o json | jq -r '
  .items[] |
  select(.roleRef.name == "cluster-admin") |
  .subjects[]? |
  select(.kind == "ServiceAccount") |
  "\(.namespace)/\(.name)"'
# Check for wildcard permissions
echo -e "\n=== Roles with Wildcard Permissions ==="
kubectl get roles,clusterroles -A -o json | jq -r '
  .items[] |
  select(.rules[]? |
    (.verbs | contains(["*"])) or
    (.resources | contains(["*"])) or
    (.apiGroups | contains(["*"]))) |
  "\(.kind)/\(.metadata.namespace // "cluster")/\(.metadata.name)"'

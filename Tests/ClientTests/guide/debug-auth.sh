#!/bin/bash
echo "=== Authentication Debugging Tool ==="
# 1. Check current context and user
echo -e "\n1. Current Context:"
kubectl config current-context
kubectl config view --minify -o jsonpath='{.users[0].name}'
# 2. Test authentication
echo -e "\n2. Testing Authentication:"
kubectl auth whoami
# 3. Check if token is valid
echo -e "\n3. Token Validation:"
TOKEN=$(kubectl config view --raw -o jsonpath='{.users[0].user.token}')
if [ ! -z "$TOKEN" ]; then
  kubectl create -f - <<EOF
apiVersion: authentication.k8s.io/v1
kind: TokenReview
spec:
  token: $TOKEN
EOF
fi
# 4. Check RBAC permissions
echo -e "\n4. Can-I Checks:"
kubectl auth can-i --list
# 5. Test specific permissions
echo -e "\n5. Specific Permission Tests:"
resources=("pods" "services" "deployments" "secrets" "configmaps")
verbs=("get" "list" "create" "update" "delete")
for resource in "${resources[@]}"; do
  for verb in "${verbs[@]}"; do
    if kubectl auth can-i $verb $resource &>/dev/null; then
      echo "✓ Can $verb $resource"
    else
      echo "✗ Cannot $verb $resource"
    fi
  done
  echo
done
# 6. Check service account permissions
echo -e "\n6. Service Account Permissions:"
SA_NAME=${1:-default}
SA_NAMESPACE=${2:-default}
kubectl auth can-i --list --as=system:serviceaccount:$SA_NAMESPACE:$SA_NAME

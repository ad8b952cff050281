#!/bin/bash
USER="developer-jane"
GROUP="developers"
# Generate private key
openssl genrsa -out ${USER}.key 2048
# Generate CSR
cat <<EOF | openssl req -new -key ${USER}.key -out ${USER}.csr -config -
[req]
distinguished_name = req_distinguished_name
[req_distinguished_name]
[v3_req]
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = clientAuth
EOF
# Create CSR in Kubernetes
cat <<EOF | kubectl apply -f -
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata:
  name: ${USER}
spec:
  request: $(cat ${USER}.csr | base64 | tr -d '\n')
  signerName: kubernetes.io/kube-apiserver-client
  usages:
  - client auth
EOF
# Approve CSR
kubectl certificate approve ${USER}
# Get certificate
kubectl get csr ${USER} -o jsonpath='{.status.certificate}' | base64 -d > ${USER}.crt
# Create kubeconfig
kubectl config set-credentials ${USER} \
  --client-certificate=${USER}.crt \
  --client-key=${USER}.key
kubectl config set-context ${USER}-context \
  --cluster=kubernetes \
  --user=${USER}

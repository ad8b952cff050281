import Schema
import Store
import Values

/// Gives ingresses that name no class the default one (Kubernetes documentation, "Ingress").
struct DefaultIngressClass: MutatingAdmissionPlugin {
  let name = "DefaultIngressClass"
  let store: ObjectStore

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create }

  func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    guard request.concerns(.ingresses), let ingress = request.object else { return }
    if ingress["spec"]?["ingressClassName"]?.string != nil { return }
    if ingress.annotation("kubernetes.io/ingress.class") != nil { return }
    let annotation = "ingressclass.kubernetes.io/is-default-class"
    guard let found = DefaultClass.name(.ingressClasses, markedBy: [annotation], in: store) else { return }
    request.object?.set(.string(found), at: ["spec", "ingressClassName"])
  }
}

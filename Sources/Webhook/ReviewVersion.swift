/// The versions of TokenReview and SubjectAccessReview that webhooks speak.
public enum ReviewVersion: String, Sendable, CaseIterable {
  case v1
  case v1beta1
}

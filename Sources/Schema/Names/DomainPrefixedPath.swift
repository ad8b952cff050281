/// Paths that begin with a domain, such as `acme.io/foo`
/// (k8s.io/apimachinery/pkg/util/validation IsDomainPrefixedPath).
public enum DomainPrefixedPath {
  /// What is wrong with a text that is not empty, in the server's words, and the part of it that is meant.
  public static func faults(_ text: String) -> [(part: String, fault: String)] {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
      return [(text, "must be a domain-prefixed path (such as \"acme.io/foo\")")]
    }
    var faults = Names.dns1123Subdomain(parts[0]).map { (parts[0], $0) }
    if !Characters.isURLPath(parts[1]) { faults.append((parts[1], Characters.urlPathText)) }
    return faults
  }
}

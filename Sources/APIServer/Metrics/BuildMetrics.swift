import Metrics

/// Which build runs.
enum BuildMetrics {
  /// The labels, and the members of `/version` that they show.
  private static let labels = [
    ("build_date", "buildDate"), ("compiler", "compiler"), ("git_commit", "gitCommit"),
    ("git_tree_state", "gitTreeState"), ("git_version", "gitVersion"), ("go_version", "goVersion"),
    ("major", "major"), ("minor", "minor"), ("platform", "platform"),
  ]

  static func add(to registry: MetricsRegistry) {
    registry.gauge(
      "kubernetes_build_info",
      "A metric with a constant '1' value labeled by major, minor, git version, git commit, git tree state, build "
        + "date, Go version, and compiler from which Kubernetes was built, and platform on which it is running.",
      labels: labels.map(\.0)
    ) {
      [(labels.map { Version.info[$0.1]?.string ?? "" }, 1)]
    }
  }
}

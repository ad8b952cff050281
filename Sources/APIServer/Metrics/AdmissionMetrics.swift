import Admission
import Metrics
import Synchronization

/// How long admission takes, by step and by plugin.
final class AdmissionMetrics: AdmissionObserver, Metric {
  let name = "apiserver_admission_controller_admission_duration_seconds"

  private struct Key: Hashable {
    /// Empty for the step as a whole.
    var plugin: String
    var operation: AdmissionOperation
    var isRejected: Bool
    var step: AdmissionStep

    var labels: [String] { [plugin, operation.rawValue, isRejected ? "true" : "false", step.rawValue] }
  }

  private static let bounds: [Double] = [0.005, 0.025, 0.1, 0.5, 1, 2.5]

  private let durations = Mutex<[Key: Distribution]>([:])

  func didRun(
    _ step: AdmissionStep, _ operation: AdmissionOperation,
    plugins: [(name: String, elapsed: Duration)], isRejected: Bool
  ) {
    durations.withLock { durations in
      var whole = Duration.zero
      for (index, plugin) in plugins.enumerated() {
        whole += plugin.elapsed
        let key = Key(
          plugin: plugin.name, operation: operation, isRejected: isRejected && index == plugins.count - 1,
          step: step)
        durations[key, default: Distribution(bounds: Self.bounds)]
          .observe(plugin.elapsed.inSeconds, bounds: Self.bounds)
      }
      let key = Key(plugin: "", operation: operation, isRejected: isRejected, step: step)
      durations[key, default: Distribution(bounds: Self.bounds)].observe(whole.inSeconds, bounds: Self.bounds)
    }
  }

  func write(to out: inout Exposition) {
    let all = durations.withLock { $0 }.map { (labels: $0.key.labels, durations: $0.value) }
      .sorted { $0.labels.lexicographicallyPrecedes($1.labels) }
    out.family(
      name,
      "Admission controller latency histogram in seconds, identified by name and broken out for each operation "
        + "and API resource and type (validate or admit).", .histogram)
    for (labels, one) in all where !labels[0].isEmpty {
      one.write(
        to: &out, name, bounds: Self.bounds, labels: ["name", "operation", "rejected", "type"], values: labels
      )
    }
    let step = "apiserver_admission_step_admission_duration_seconds"
    out.family(
      step,
      "Admission sub-step latency histogram in seconds, broken out for each operation and API resource and step "
        + "type (validate or admit).", .histogram)
    for (labels, one) in all where labels[0].isEmpty {
      one.write(
        to: &out, step, bounds: Self.bounds, labels: ["operation", "rejected", "type"],
        values: Array(labels.dropFirst()))
    }
  }
}

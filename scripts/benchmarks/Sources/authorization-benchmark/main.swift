/// Measures RBAC decisions in process, and how they and the index grow with the policy:
///
///     swift run --configuration release --package-path scripts/benchmarks authorization-benchmark

print(Measurement.header)
for bindings in [100, 1_000, 10_000] {
  print(try await Measurement(bindings: bindings).line)
}

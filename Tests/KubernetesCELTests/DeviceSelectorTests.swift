import CEL
import Testing

@testable import KubernetesCEL

/// The expressions that select devices.
struct DeviceSelectorTests {
  @Test(arguments: [
    "true", "device.driver == 'gpu.example.com'", "'gpu.example.com' in device.attributes",
    "device.attributes['gpu.example.com'].isVirtual", "device.allowMultipleAllocations",
    "cel.bind(gpu, device.attributes['gpu.example.com'], gpu.model == 'x1' && gpu.cores > 2)",
    "device.capacity['gpu.example.com'].memory.isGreaterThan(quantity('4Gi'))",
    "device.attributes['gpu.example.com'].driverVersion.isGreaterThan(semver('1.0.0'))",
    "['x1', 'x2'].exists(m, device.attributes['gpu.example.com'].model == m)",
  ])
  func isAccepted(_ text: String) throws { try DeviceSelectors.check(text) }

  @Test(arguments: [
    ("1", DeviceSelectors.Fault.invalid("must evaluate to bool or the unknown type, not int")),
    (
      "device.attributes",
      .invalid("must evaluate to bool or the unknown type, not map(string, map(string, google.protobuf.Any))")
    ),
    (
      "device.name == 'x'",
      .invalid(
        "compilation failed: ERROR: <input>:1:7: undefined field 'name'\n | device.name == 'x'\n | ......^")
    ),
    (
      "claim == 'x'",
      .invalid(
        "compilation failed: ERROR: <input>:1:1: undeclared reference to 'claim' (in container '')\n"
          + " | claim == 'x'\n | ^")
    ),
    (
      "lists.range(2000).all(a, lists.range(1000).all(b, a != b))", .tooComplex
    ),
  ])
  func isRefused(_ text: String, _ fault: DeviceSelectors.Fault) {
    #expect(throws: fault) { try DeviceSelectors.check(text) }
  }

  /// As the API's bounds of devices make them.
  @Test(
    arguments: [
      ("device.attributes['no-such-domain'].memory.isGreaterThan(quantity('0'))", 6),
      ("'no-such-domain' in device.attributes", 3), ("device.driver == ''", 2),
      ("device.driver == 'gpu.example.com'", 4), ("device.attributes['gpu.example.com'].name", 4),
      ("device.attributes['gpu.example.com']['name']", 4),
      ("cel.bind(gpu, device.attributes['gpu.example.com'], gpu.name)", 15),
      ("device.attributes['gpu.example.com'].name > 0", 5),
      ("device.attributes['gpu.example.com'].name == 'fish'", 5),
      ("device.attributes['gpu.example.com'].name.isGreaterThan(semver('0.0.1'))", 6),
      (
        "device.attributes['gpu.example.com'].n.isGreaterThan(semver('v0.0.1', true)) && isSemver('v1.0.0', true)",
        7
      ),
      ("device.capacity['gpu.example.com'].name.isGreaterThan(quantity('1Ki'))", 6),
      (
        "'name' in device.capacity['gpu.example.com'] && "
          + "device.capacity['gpu.example.com'].name.isGreaterThan(quantity('1Ki'))", 10
      ),
      ("device.attributes.exists_one(x, x == 'gpu.example.com')", 164),
      ("device.attributes['gpu.example.com'].exists_one(x, x == 'services')", 133),
      ("device.attributes['gpu.example.com'].services.split('example').size() >= 2", 19),
      ("device.attributes['gpu.example.com'].services.matches('[^a]?sym')", 18),
      ("device.capacity['gpu.example.com'].exists_one(x, x == 'memory')", 133),
      ("device.allowMultipleAllocations == true", 3),
    ] as [(String, UInt64)])
  func estimates(_ text: String, _ most: UInt64) {
    #expect(DeviceSelectors.estimate(text)?.max == most, "\(text)")
  }
}

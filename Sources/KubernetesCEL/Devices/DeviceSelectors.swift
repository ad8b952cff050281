import CEL

/// The expressions that select devices (Kubernetes documentation, "Dynamic Resource Allocation"): they speak of
/// `device` and are true of the devices that are wanted.
public enum DeviceSelectors {
  /// What an expression may cost, estimated before it is run and when it is run
  /// (resource.k8s.io/v1, CELDeviceSelector).
  public static let costLimit: UInt64 = 1_000_000
  /// The most bytes of an expression.
  public static let sizeLimit = 10 * 1024

  /// What is wrong with an expression.
  public enum Fault: Error, Sendable, Hashable {
    /// It can't be compiled: a text for people.
    case invalid(String)
    /// It may cost more than it is allowed to.
    case tooComplex
  }

  /// Finds what is wrong with an expression.
  public static func check(_ text: String) throws(Fault) {
    let checked: CheckedExpression
    do throws(CompilationError) { checked = try environment.compile(text) } catch {
      throw .invalid("compilation failed: \(error)")
    }
    guard checked.type == .bool || checked.type == .any else {
      throw .invalid("must evaluate to bool or the unknown type, not \(checked.type.goName)")
    }
    let estimate = KubernetesCEL.estimate(checked, sizes: { DeviceSizes.size(at: $0.path) })
    if estimate.max > costLimit { throw .tooComplex }
  }

  /// What an expression may cost; nil where it can't be compiled.
  static func estimate(_ text: String) -> CostEstimate? {
    (try? environment.compile(text)).map { checked in
      KubernetesCEL.estimate(checked, sizes: { DeviceSizes.size(at: $0.path) })
    }
  }

  private static let environment: Environment = {
    var environment = KubernetesCEL.base
    environment.add(Library.bindings)
    environment.add(DeviceType())
    environment.declare("device", .object(DeviceType.name))
    return environment
  }()
}

/// The fields of `device`.
private struct DeviceType: TypeProvider {
  static let name = "kubernetes.DRADevice"

  private static let fields: [String: CELType] = [
    "driver": .string, "allowMultipleAllocations": .bool,
    "attributes": .map(.string, .map(.string, .any)),
    "capacity": .map(.string, .map(.string, .quantity)),
  ]

  func hasType(_ name: String) -> Bool { name == Self.name }
  func fieldType(_ field: String, of type: String) -> CELType? { Self.fields[field] }
}

/// How large what is read of a device may be, as the API bounds it.
private enum DeviceSizes {
  private static let domain: UInt64 = 63
  private static let identifier: UInt64 = 32
  private static let attributeValue: UInt64 = 64
  private static let entries: UInt64 = 32

  /// - Parameter path: the variable, then fields, `@keys` or `@values`.
  static func size(at path: [String]) -> SizeEstimate? {
    guard path.first == "device" else { return nil }
    let steps = path.dropFirst()
    guard let field = steps.first else { return upTo(0) }
    let inner = Array(steps.dropFirst())
    switch field {
    case "driver": return inner.isEmpty ? upTo(domain) : nil
    case "allowMultipleAllocations": return inner.isEmpty ? upTo(1) : nil
    case "attributes": return map(inner, value: attributeValue, namesValues: true)
    // Quantities have no size.
    case "capacity": return map(inner, value: 0, namesValues: false)
    default: return nil
    }
  }

  /// A map by domains of maps by identifiers.
  /// - Parameter namesValues: whether an identifier is as good as `@values`.
  private static func map(_ steps: [String], value: UInt64, namesValues: Bool) -> SizeEstimate? {
    switch steps {
    case []: return upTo(entries)
    case ["@keys"]: return upTo(domain)
    case ["@values"]: return upTo(entries)
    case ["@values", "@keys"]: return upTo(identifier)
    case ["@values", "@values"]: return upTo(value)
    default:
      let isNamed = steps.count == 2 && steps[0] == "@values" && !steps[1].hasPrefix("@")
      return isNamed && namesValues ? upTo(value) : nil
    }
  }

  private static func upTo(_ size: UInt64) -> SizeEstimate { SizeEstimate(min: 0, max: size) }
}

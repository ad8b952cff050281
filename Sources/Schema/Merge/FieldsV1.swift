import Values

/// Why a value is not FieldsV1.
public struct FieldsV1Error: Error, Sendable, Equatable, CustomStringConvertible {
  public var description: String

  init(_ description: String) { self.description = description }
}

/// FieldsV1, the form in which managed fields travel (Kubernetes API reference, "FieldsV1 v1 meta"): an
/// object within an object for each step of a path; `.` marks a field that belongs to the set although
/// fields below it do too.
extension FieldSet {
  /// The set as FieldsV1.
  public var fieldsV1: Value { .object(encoded(isMember: false)) }

  private func encoded(isMember: Bool) -> Object {
    var object = Object(minimumCapacity: members.count + children.count + 1)
    if isMember, !isEmpty { object["."] = .object(Object()) }
    var i = 0
    var j = 0
    while i < members.count || j < children.count {
      let order =
        i == members.count
        ? 1 : (j == children.count ? -1 : PathElement.compare(members[i], children[j].element))
      if order < 0 {
        object[members[i].fieldsV1Key] = .object(Object())
      } else {
        object[children[j].element.fieldsV1Key] = .object(children[j].set.encoded(isMember: order == 0))
      }
      if order <= 0 { i += 1 }
      if order >= 0 { j += 1 }
    }
    return object
  }

  /// Reads FieldsV1. Path elements of a kind that is not known are left out.
  /// - Throws: ``FieldsV1Error``.
  public init(fieldsV1 value: Value) throws(FieldsV1Error) {
    self = try Self.decode(value).set
  }

  private static func decode(_ value: Value) throws(FieldsV1Error) -> (set: FieldSet, isMember: Bool) {
    guard case .object(let object) = value else {
      if value.isNull { return (FieldSet(), true) }
      throw FieldsV1Error("expected an object of fields, got \(GoPrint.type(value))")
    }
    if object.isEmpty { return (FieldSet(), true) }
    var isMember = false
    var members: [PathElement] = []
    var children: [Child] = []
    for (key, value) in object {
      if key == "." {
        isMember = true
        continue
      }
      guard let element = try PathElement(fieldsV1Key: key) else { continue }
      let (set, isMemberBelow) = try decode(value)
      if isMemberBelow { members.append(element) }
      if !set.isEmpty { children.append(Child(element: element, set: set)) }
    }
    let set = FieldSet(members: members, children: children)
    return (set, isMember || set.isEmpty)
  }
}

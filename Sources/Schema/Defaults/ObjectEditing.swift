import Values

/// Changes in place, for code that fills in what a document leaves out.
extension Object {
  /// Sets the member where it is absent or null.
  mutating func setDefault(_ key: String, _ value: Value) {
    if hasNo(key) { self[key] = value }
  }

  /// Whether the member is absent or null.
  func hasNo(_ key: String) -> Bool { self[key]?.isNull ?? true }

  /// Changes a member that is an object.
  mutating func edit(_ key: String, _ change: (inout Object) -> Void) {
    editValue(key) { value in
      guard case .object(var object) = value else { return }
      value = .null  // keeps the storage uniquely referenced, so that the change is made in place
      change(&object)
      value = .object(object)
    }
  }

  /// Changes every object of a member that is a list.
  mutating func editEach(_ key: String, _ change: (inout Object) -> Void) {
    editValue(key) { value in
      guard case .array(var array) = value else { return }
      value = .null
      for i in array.indices {
        guard case .object(var object) = array[i] else { continue }
        array[i] = .null
        change(&object)
        array[i] = .object(object)
      }
      value = .array(array)
    }
  }

  mutating func editValue(_ key: String, _ change: (inout Value) -> Void) {
    guard var value = self[key] else { return }
    self[key] = .null
    change(&value)
    self[key] = value
  }
}

extension Value {
  /// Changes the value where it is an object.
  mutating func edit(_ change: (inout Object) -> Void) {
    guard case .object(var object) = self else { return }
    self = .null
    change(&object)
    self = .object(object)
  }
}

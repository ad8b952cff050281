/// A document while a patch is being applied to it.
struct JSONPatchRun {
  private(set) var document: Value
  private let limits: JSONPatch.Limits
  private var copiedBytes = 0
  private var shiftedElements = 0

  /// The causes that the server's messages end with.
  private enum Cause: String {
    case missing = "missing value"
    case testFailed = "test failed"
    case invalidIndex = "invalid index referenced"
  }

  init(document: Value, limits: JSONPatch.Limits) {
    self.document = document
    self.limits = limits
  }

  mutating func perform(_ operation: JSONPatch.Operation) throws(JSONPatch.Failure) {
    switch operation.op {
    case "add": try add(operation)
    case "remove": try remove(operation)
    case "replace": try replace(operation)
    case "move": try move(operation)
    case "test": try test(operation)
    case "copy": try copy(operation)
    default: throw failure("Unexpected kind: \(operation.op ?? "unknown")")
    }
  }

  // MARK: - Operations

  private mutating func add(_ operation: JSONPatch.Operation) throws(JSONPatch.Failure) {
    guard let path = operation.path else { throw failure("add operation failed to decode path", .missing) }
    guard let place = container(path) else {
      throw failure("add operation does not apply: doc is missing path: \"\(path)\"", .missing)
    }
    try wrapping("error in add for path: '\(path)'") { run throws(JSONPatch.Failure) in
      try run.insert(operation.value ?? .null, at: place)
    }
  }

  private mutating func remove(_ operation: JSONPatch.Operation) throws(JSONPatch.Failure) {
    guard let path = operation.path else { throw failure("remove operation failed to decode path", .missing) }
    guard let place = container(path) else {
      throw failure("remove operation does not apply: doc is missing path: \"\(path)\"", .missing)
    }
    try wrapping("error in remove for path: '\(path)'") { run throws(JSONPatch.Failure) in
      try run.delete(place)
    }
  }

  private mutating func replace(_ operation: JSONPatch.Operation) throws(JSONPatch.Failure) {
    guard let path = operation.path else {
      throw failure("replace operation failed to decode path: operation missing path field", .missing)
    }
    guard let place = container(path) else {
      throw failure("replace operation does not apply: doc is missing path: \(path)", .missing)
    }
    guard (try? get(place)) != nil else {
      throw failure("replace operation does not apply: doc is missing key: \(path)", .missing)
    }
    let value = operation.value ?? .null
    try checkDepth(of: value, at: place)
    switch place {
    case .key(let parents, let key): change(parents[...]) { $0[key] = value }
    case .index(let parents, let token, let count):
      let index = try index(token, count: count)
      change(parents[...]) { $0.mutateArray { $0[index] = value } }
    }
  }

  private mutating func move(_ operation: JSONPatch.Operation) throws(JSONPatch.Failure) {
    guard let from = operation.from else {
      throw failure("move operation failed to decode from: operation, missing from field", .missing)
    }
    guard let source = container(from) else {
      throw failure("move operation does not apply: doc is missing from path: \(from)", .missing)
    }
    let value = try wrapping("error in move for path: '\(source.token)'") { run throws(JSONPatch.Failure) in
      let value = try run.get(source)
      try run.delete(source)
      return value
    }
    guard let path = operation.path else {
      throw failure("move operation failed to decode path: operation missing path field", .missing)
    }
    guard let place = container(path) else {
      throw failure("move operation does not apply: doc is missing destination path: \(path)", .missing)
    }
    try wrapping("error in move for path: '\(path)'") { run throws(JSONPatch.Failure) in
      try run.insert(value, at: place)
    }
  }

  private mutating func test(_ operation: JSONPatch.Operation) throws(JSONPatch.Failure) {
    guard let path = operation.path else {
      throw failure("test operation failed to decode path: operation missing path field", .missing)
    }
    guard let place = container(path) else {
      throw failure("test operation does not apply: is missing path: \(path)", .missing)
    }
    var found = Value.null
    do throws(JSONPatch.Failure) {
      found = try get(place)
    } catch {
      // A missing member is as good as null; a wrong index is not.
      if case .index = place { throw failure("error in test for path: '\(path)': \(error.message)") }
    }
    if found != operation.value ?? .null { throw failure("testing value \(path) failed", .testFailed) }
  }

  private mutating func copy(_ operation: JSONPatch.Operation) throws(JSONPatch.Failure) {
    guard let from = operation.from else {
      throw failure("copy operation failed to decode from: operation, missing from field", .missing)
    }
    guard let source = container(from) else {
      throw failure("copy operation does not apply: doc is missing from path: \(from)", .missing)
    }
    let value = try wrapping("error in copy for from: '\(from)'") { run throws(JSONPatch.Failure) in
      try run.get(source)
    }
    guard let path = operation.path else { throw failure("copy operation failed to decode path", .missing) }
    guard let place = container(path) else {
      throw failure("copy operation does not apply: doc is missing destination path: \(path)", .missing)
    }
    copiedBytes += JSON.encode(value).count
    if copiedBytes > limits.copiedBytes {
      throw failure(
        "Unable to complete the copy, the accumulated size increase of copy is \(copiedBytes), "
          + "exceeding the limit \(limits.copiedBytes)")
    }
    try wrapping("error while adding value during copy") { run throws(JSONPatch.Failure) in
      try run.insert(value, at: place)
    }
  }

  // MARK: - Places

  /// A member of an object or an element of an array that exists; the member or element itself need not.
  private enum Place {
    case key(parents: [String], key: String)
    case index(parents: [String], token: String, count: Int)

    /// The last part of the path.
    var token: String {
      switch self {
      case .key(_, let key): key
      case .index(_, let token, _): token
      }
    }

    var depth: Int {
      switch self {
      case .key(let parents, _), .index(let parents, _, _): parents.count + 1
      }
    }
  }

  /// The place that a path names, or nil if the object or array that it would be in is missing.
  private func container(_ path: String) -> Place? {
    guard let pointer = JSONPointer(path), let last = pointer.tokens.last else { return nil }
    var here = document
    var parents: [String] = []
    for token in pointer.tokens.dropLast() {
      switch here {
      case .object(let object):
        guard let next = object[token] else { return nil }
        here = next
        parents.append(token)
      case .array(let array):
        guard let index = try? index(token, count: array.count) else { return nil }
        here = array[index]
        parents.append(String(index))
      default: return nil
      }
    }
    switch here {
    case .object: return .key(parents: parents, key: last)
    case .array(let array): return .index(parents: parents, token: last, count: array.count)
    default: return nil
    }
  }

  private func get(_ place: Place) throws(JSONPatch.Failure) -> Value {
    switch place {
    case .key(let parents, let key):
      guard let value = document[JSONPointer(tokens: parents)]?[key] else {
        throw failure("unable to get nonexistent key: \(key)", .missing)
      }
      return value
    case .index(let parents, let token, let count):
      let index = try index(token, count: count)
      return document[JSONPointer(tokens: parents + [String(index)])] ?? .null
    }
  }

  private mutating func insert(_ value: Value, at place: Place) throws(JSONPatch.Failure) {
    try checkDepth(of: value, at: place)
    switch place {
    case .key(let parents, let key): change(parents[...]) { $0[key] = value }
    case .index(let parents, let token, let count):
      let index: Int
      if token == "-" {
        index = count
      } else {
        if Int(token) == nil {
          throw failure("value was not a proper array index: '\(token)': \(notANumber(token))")
        }
        // One may insert after the last element too.
        index = try self.index(token, count: count + 1)
      }
      try countShift(count - index)
      change(parents[...]) { $0.mutateArray { $0.insert(value, at: index) } }
    }
  }

  private mutating func delete(_ place: Place) throws(JSONPatch.Failure) {
    switch place {
    case .key(let parents, let key):
      var found = false
      change(parents[...]) { found = $0.mutateObject { $0.removeValue(forKey: key) } != nil }
      if !found { throw failure("Unable to remove nonexistent key: \(key)", .missing) }
    case .index(let parents, let token, let count):
      let index = try index(token, count: count)
      try countShift(count - index)
      change(parents[...]) { $0.mutateArray { _ = $0.remove(at: index) } }
    }
  }

  /// Changes the value at the end of a path that exists, in place.
  private mutating func change(_ path: ArraySlice<String>, _ body: (inout Value) -> Void) {
    Self.change(&document, path, body)
  }

  private static func change(_ here: inout Value, _ path: ArraySlice<String>, _ body: (inout Value) -> Void) {
    guard let token = path.first else {
      body(&here)
      return
    }
    let rest = path.dropFirst()
    if case .object = here {
      here.mutateObject { object in
        guard var child = object[token] else { return }
        object[token] = .null  // keeps the child's storage uniquely referenced
        change(&child, rest, body)
        object[token] = child
      }
    } else if let index = Int(token) {
      here.mutateArray { array in
        guard array.indices.contains(index) else { return }
        change(&array[index], rest, body)
      }
    }
  }

  private func index(_ token: String, count: Int) throws(JSONPatch.Failure) -> Int {
    guard let index = Int(token) else { throw failure(notANumber(token)) }
    guard index < count, index >= -count else {
      throw failure("Unable to access invalid index: \(index)", .invalidIndex)
    }
    return index < 0 ? index + count : index
  }

  // MARK: - Limits and errors

  private func checkDepth(of value: Value, at place: Place) throws(JSONPatch.Failure) {
    if place.depth + value.depth > limits.depth { throw failure("exceeded max depth") }
  }

  private mutating func countShift(_ elements: Int) throws(JSONPatch.Failure) {
    shiftedElements += elements
    if shiftedElements > limits.shiftedElements { throw failure("the patch moves too many array elements") }
  }

  private mutating func wrapping<R>(
    _ context: String, _ body: (inout JSONPatchRun) throws(JSONPatch.Failure) -> R
  ) throws(JSONPatch.Failure) -> R {
    do throws(JSONPatch.Failure) {
      return try body(&self)
    } catch {
      throw failure("\(context): \(error.message)")
    }
  }

  private func notANumber(_ token: String) -> String {
    "strconv.Atoi: parsing \(GoText.quoted(token)): invalid syntax"
  }

  private func failure(_ message: String, _ cause: Cause? = nil) -> JSONPatch.Failure {
    JSONPatch.Failure(
      kind: .notApplicable, message: cause.map { "\(message): \($0.rawValue)" } ?? message,
      isFailedTest: cause == .testFailed)
  }
}

import CEL
import Testing

/// Formats that are written in an expression are held against what they are given.
@Suite struct FormatValidatorTests {
  private static let checked: Environment = {
    var other = environment
    other.options.validators = [.formats]
    return other
  }()

  @Test(arguments: [
    ("'%s %d'.format(['a', 1])", ""), ("'%d'.format([any])", ""), ("'100%%'.format([])", ""),
    ("'%s %s %s'.format([1u, 2.5, [1, 'a']])", ""), ("'%f %e'.format([1.5, 'NaN'])", ""),
    ("'%x %X %o %b'.format(['a', b'b', 1, true])", ""), ("s.format([1])", ""), ("'%d'.format(list)", ""),
    (
      "'%d'.format(['a'])",
      "1:14: error during formatting: decimal clause can only be used on integers, was given string"
    ),
    (
      "'%d of %b'.format([1, 1.5])",
      "1:23: error during formatting: only integers and bools can be formatted as binary, was given double"
    ),
    (
      "'%.2f'.format([1])",
      "1:16: error during formatting: fixed-point clause can only be used on doubles, was given int"
    ),
    (
      "'%e'.format([1])",
      "1:14: error during formatting: scientific clause can only be used on doubles, was given int"
    ),
    (
      "'%o'.format([1.0])",
      "1:14: error during formatting: octal clause can only be used on integers, was given double"
    ),
    (
      "'%x'.format([1.0])",
      "1:14: error during formatting: only integers, byte buffers, and strings can be formatted as hex, "
        + "was given double"
    ),
    (
      "'%s'.format([[1, maybe]])",
      "1:18: error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, "
        + "maps, lists, types, durations, and timestamps, was given optional_type"
    ),
    (
      "'%s'.format([{'a': person}])",
      "1:20: error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, "
        + "maps, lists, types, durations, and timestamps, was given Person"
    ),
    ("'%d'.format([])", "1:12: index 0 out of range"),
    ("'%'.format([1])", "1:11: unexpected end of string"),
    ("'%d'.format([1, 2])", "1:12: too many arguments supplied to string.format (expected 1, got 2)"),
    ("'%q'.format([1])", "1:12: could not parse formatting clause: unrecognized formatting clause \"q\""),
    (
      "'%.'.format([1.0])",
      "1:12: could not parse formatting clause: error while parsing precision: could not find end of "
        + "precision specifier"
    ),
    (
      "'%.f'.format([1.0])",
      "1:13: could not parse formatting clause: error while parsing precision: error while converting "
        + "precision to integer: strconv.Atoi: parsing \"\": invalid syntax"
    ),
  ])
  func literals(_ expression: String, _ issue: String) {
    #expect(issues(expression, in: Self.checked) == (issue.isEmpty ? [] : [issue]), "\(expression)")
  }
}

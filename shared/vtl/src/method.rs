//! Java's methods, by name, number of arguments and their types, as Velocity finds them. Whatever is not here is not
//! there: a call of it gives `""`. There is no reflection.

mod collection;
mod entry;
mod format;
mod list;
mod map;
mod scalar;
mod string;
mod time;

macro_rules! methods {
    ($($variant:ident = $name:literal),* $(,)?) => {
        /// A method's name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Method { Unknown, $($variant),* }

        impl Method {
            /// By its name in a template.
            pub(crate) fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Method::$variant),)* _ => None }
            }
        }
    };
}

methods! {
    Length = "length", Substring = "substring", ToUpperCase = "toUpperCase", ToLowerCase = "toLowerCase", Trim = "trim",
    IndexOf = "indexOf", LastIndexOf = "lastIndexOf", Contains = "contains", StartsWith = "startsWith",
    EndsWith = "endsWith", Replace = "replace", ReplaceAll = "replaceAll", ReplaceFirst = "replaceFirst",
    Split = "split", Matches = "matches", Equals = "equals", EqualsIgnoreCase = "equalsIgnoreCase",
    IsEmpty = "isEmpty", CharAt = "charAt", Concat = "concat", ToString = "toString", CompareTo = "compareTo",
    CompareToIgnoreCase = "compareToIgnoreCase", HashCode = "hashCode", CodePointAt = "codePointAt", Format = "format",
    ValueOf = "valueOf", Join = "join", Repeat = "repeat", Strip = "strip", IsBlank = "isBlank", Intern = "intern",
    ToCharArray = "toCharArray", GetBytes = "getBytes", RegionMatches = "regionMatches", Size = "size", Get = "get",
    Add = "add", AddAll = "addAll", Remove = "remove", Set = "set", Clear = "clear", SubList = "subList",
    Iterator = "iterator", Next = "next", HasNext = "hasNext", ContainsAll = "containsAll", RemoveAll = "removeAll",
    RetainAll = "retainAll", ToArray = "toArray", Put = "put", PutAll = "putAll", ContainsKey = "containsKey",
    ContainsValue = "containsValue", KeySet = "keySet", Values = "values", EntrySet = "entrySet",
    GetOrDefault = "getOrDefault", PutIfAbsent = "putIfAbsent", GetKey = "getKey", GetValue = "getValue",
    SetValue = "setValue", IntValue = "intValue", LongValue = "longValue", DoubleValue = "doubleValue",
    FloatValue = "floatValue", ShortValue = "shortValue", ByteValue = "byteValue", ParseInt = "parseInt",
    ParseLong = "parseLong", ParseDouble = "parseDouble", Max = "max", Min = "min", Sum = "sum",
    ToHexString = "toHexString", ToBinaryString = "toBinaryString", ToOctalString = "toOctalString",
    IsNaN = "isNaN", IsInfinite = "isInfinite", BooleanValue = "booleanValue", ParseBoolean = "parseBoolean",
    Compare = "compare", Signum = "signum", Abs = "abs",
    Json = "json", Path = "path", Params = "params", ParseJson = "parseJson",
    EscapeJavaScript = "escapeJavaScript", UrlEncode = "urlEncode", UrlDecode = "urlDecode",
    Base64Encode = "base64Encode", Base64Decode = "base64Decode",
    GetIndex = "getIndex", GetCount = "getCount", GetHasNext = "getHasNext", IsFirst = "isFirst", IsLast = "isLast",
    GetFirst = "getFirst", GetLast = "getLast", GetParent = "getParent", GetTopmost = "getTopmost", GetDepth = "getDepth",
    Decode = "decode", BitCount = "bitCount", Reverse = "reverse", IsFinite = "isFinite", LogicalAnd = "logicalAnd",
    LogicalOr = "logicalOr", LogicalXor = "logicalXor", CharValue = "charValue", IsDigit = "isDigit",
    IsLetter = "isLetter", IsAlphabetic = "isAlphabetic", IsLetterOrDigit = "isLetterOrDigit",
    IsUpperCase = "isUpperCase", IsLowerCase = "isLowerCase", IsWhitespace = "isWhitespace",
    GetNumericValue = "getNumericValue", SubSequence = "subSequence", ContentEquals = "contentEquals",
    CodePointCount = "codePointCount", CodePointBefore = "codePointBefore", ToJsonString = "toJSONString",
    Clone = "clone", Sort = "sort",
    Stop = "stop", StripLeading = "stripLeading", StripTrailing = "stripTrailing",
}

using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Jint;
using Jint.Native;
using Jint.Native.Object;
using Jint.Runtime;

namespace Orchestrator.Workflows.Language.Expressions;

/// <summary>Writes what an expression gave as JSON, within bounds.</summary>
internal static class JsonResult
{
    /// <summary>The largest result, in bytes of JSON.</summary>
    public const int LargestResult = 16 * 1024 * 1024;

    private const int DeepestResult = 64;

    /// <exception cref="ResultRefusedException">The value has no JSON form, or is too large or too deep.</exception>
    public static void Write(Utf8JsonWriter writer, JsValue value, EvaluationGuard guard, int depth = 0)
    {
        guard.BeforePart();
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (depth > DeepestResult)
        {
            throw new ResultRefusedException("expression-too-large", $"gives a value nested deeper than {DeepestResult} levels, or one that contains itself");
        }

        if (writer.BytesCommitted + writer.BytesPending > LargestResult)
        {
            throw new ResultRefusedException("expression-too-large", $"gives more than {LargestResult / 1024 / 1024} MiB");
        }

        switch (value)
        {
            case var _ when value.IsNull() || value.IsUndefined():
                writer.WriteNullValue();
                break;
            case JsBoolean:
                writer.WriteBooleanValue(value.AsBoolean());
                break;
            case JsString { Length: > TextBounds.Longest }:
                throw new ResultRefusedException("expression-too-large", $"gives a text of more than {TextBounds.Longest:N0} characters");
            case JsString:
                writer.WriteStringValue(value.AsString());
                break;
            case JsNumber:
                WriteNumber(writer, value.AsNumber());
                break;
            case JsBigInt:
                writer.WriteRawValue(value.ToString());
                break;
            case JsArray array:
                writer.WriteStartArray();
                foreach (var item in array)
                {
                    Write(writer, item, guard, depth + 1);
                }

                writer.WriteEndArray();
                break;
            case JsDate:
                writer.WriteStringValue(value.AsDate().ToDateTime().ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture));
                break;
            case ObjectInstance @object and (JsObject or ScopeValueInstance):
                WriteObject(writer, @object, guard, depth);
                break;
            default:
                throw new ResultRefusedException("expression-not-json", $"gives {Describe(value)}, which is no JSON value: give a text, number, boolean, list or object");
        }
    }

    private static void WriteObject(Utf8JsonWriter writer, ObjectInstance @object, EvaluationGuard guard, int depth)
    {
        writer.WriteStartObject();
        foreach (var key in @object.GetOwnPropertyKeys(Types.String))
        {
            guard.BeforePart();
            if (@object.GetOwnProperty(key).Enumerable && @object.Get(key) is var member && !member.IsUndefined())
            {
                writer.WritePropertyName(key.AsString());
                Write(writer, member, guard, depth + 1);
            }
        }

        writer.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter writer, double number)
    {
        if (!double.IsFinite(number))
        {
            throw new ResultRefusedException("expression-not-json", $"gives {(double.IsNaN(number) ? "NaN (no number)" : "an infinite number")}: a member may be missing, or something is divided by zero");
        }

        if (number == Math.Floor(number) && Math.Abs(number) <= 9_007_199_254_740_991)
        {
            writer.WriteNumberValue((long)number);
        }
        else
        {
            writer.WriteRawValue(NumberText.Of(number));
        }
    }

    private static string Describe(JsValue value) => value switch
    {
        _ when value.IsSymbol() => "a symbol",
        _ when value.IsPromise() => "a promise",
        _ when value.IsRegExp() => "a regular expression",
        _ when value is Jint.Native.Function.Function => "a function",
        _ => $"a {value.GetType().Name.Replace("Js", "", StringComparison.Ordinal)}",
    };
}

internal sealed class ResultRefusedException : Exception
{
    public ResultRefusedException(string code, string message)
        : base(message)
    {
        Code = code;
        // The engine catches what has no location and throws it again at each level, which takes stack. It passes this on as it is.
        Data["JintLocation"] = "";
    }

    public string Code { get; }
}

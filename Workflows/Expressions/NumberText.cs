using System.Globalization;

namespace Orchestrator.Workflows.Expressions;

/// <summary>A number as JavaScript writes it (ECMA-262, Number::toString), which is also JSON.</summary>
internal static class NumberText
{
    /// <param name="number">A finite number.</param>
    public static string Of(double number)
    {
        if (number == 0)
        {
            return "0";
        }

        // The shortest digits that give the same number again: d.dddE+nnn.
        var shortest = number.ToString("R", CultureInfo.InvariantCulture);
        var sign = number < 0 ? "-" : "";
        var mantissa = shortest.AsSpan(sign.Length);
        var exponent = 0;
        if (mantissa.IndexOf('E') is >= 0 and var e)
        {
            exponent = int.Parse(mantissa[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            mantissa = mantissa[..e];
        }

        var point = mantissa.IndexOf('.') is >= 0 and var dot ? dot : mantissa.Length;
        var all = mantissa.ToString().Replace(".", "", StringComparison.Ordinal);
        var digits = all.TrimStart('0');
        // The number is 0.digits times ten to the power of this.
        var power = point + exponent - (all.Length - digits.Length);
        digits = digits.TrimEnd('0');

        return sign + power switch
        {
            > 0 and <= 21 when digits.Length <= power => digits.PadRight(power, '0'),
            > 0 and <= 21 => $"{digits.AsSpan(0, power)}.{digits.AsSpan(power)}",
            > -6 and <= 0 => $"0.{new string('0', -power)}{digits}",
            _ => string.Create(CultureInfo.InvariantCulture, $"{digits[0]}{(digits.Length > 1 ? "." : "")}{digits.AsSpan(1)}e{power - 1:+0;-0}"),
        };
    }
}

using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace Orchestrator.Server.Configuration;

/// <summary>Reads sections into options one key at a time, so that every wrong one is told at once.</summary>
internal sealed class SettingsReader(IConfiguration configuration, string file)
{
    public string File { get; } = file;

    public List<string> Problems { get; } = [];

    /// <param name="section">Its name.</param>
    /// <param name="derived">Properties that are set from others and are no options.</param>
    public T Read<T>(string section, params string[] derived)
        where T : class, new()
    {
        var options = new T();
        var properties = typeof(T).GetProperties().Where(property => !derived.Contains(property.Name)).ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var given in configuration.GetSection(section).GetChildren())
        {
            if (!properties.TryGetValue(given.Key, out var property))
            {
                Problems.Add($"{File}: {section}:{given.Key}: there is no such option; there are {string.Join(", ", properties.Values.Select(known => known.Name))}");
                continue;
            }

            Set(options, property, given);
        }

        foreach (var property in properties.Values)
        {
            foreach (var rule in property.GetCustomAttributes<ValidationAttribute>().Where(rule => !rule.IsValid(property.GetValue(options))))
            {
                Problems.Add($"{File}: {section}:{property.Name}: {rule.FormatErrorMessage(property.Name)}");
            }
        }

        return options;
    }

    private void Set(object options, PropertyInfo property, IConfigurationSection given)
    {
        if (given.Value is null or "" && !given.GetChildren().Any() && property.PropertyType != typeof(string[]))
        {
            return;
        }

        try
        {
            if (!property.CanWrite)
            {
                given.Bind(property.GetValue(options));
                return;
            }

            property.SetValue(options, given.Get(property.PropertyType));
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException or TargetInvocationException)
        {
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            var example = type == typeof(TimeSpan) ? "a duration like 00:00:30" : type == typeof(DateTimeOffset) ? "a time like 2026-11-10T18:00:00+08:00"
                : type == typeof(Uri) ? "an address like http://127.0.0.1:8080" : type.IsEnum ? string.Join(", ", Enum.GetNames(type)) : type.IsArray ? "a list of texts" : "a number";
            Problems.Add($"{File}: {property.DeclaringType!.Name.Replace("Options", "", StringComparison.Ordinal)}:{property.Name}: '{given.Value}' does not fit; give {example}");
        }
    }
}

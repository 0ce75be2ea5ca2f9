using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Orchestrator.Text;

namespace Orchestrator.Server.Configuration;

/// <summary>Reads sections into options one key at a time, so that every wrong one is told at once.</summary>
internal sealed class SettingsReader(IConfiguration configuration, string file)
{
    private readonly List<string> _sections = [];

    public string File { get; } = file;

    public List<string> Diagnostics { get; } = [];

    /// <param name="section">Its name.</param>
    /// <param name="derived">Properties that are set from others and are no options.</param>
    public T Read<T>(string section, params string[] derived)
        where T : class, new()
    {
        _sections.Add(section);
        var options = new T();
        var properties = PropertiesOf(typeof(T)).Where(property => !derived.Contains(property.Name)).ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var given in configuration.GetSection(section).GetChildren())
        {
            if (!properties.TryGetValue(given.Key, out var property))
            {
                RefuseName($"{section}:{given.Key}", given.Key, properties.Values.Select(known => known.Name));
                continue;
            }

            CheckNames(given, property.PropertyType);
            Set(options, property, given);
        }

        foreach (var property in properties.Values)
        {
            foreach (var rule in property.GetCustomAttributes<ValidationAttribute>().Where(rule => !rule.IsValid(property.GetValue(options))))
            {
                Diagnostics.Add($"{File}: {section}:{property.Name}: {rule.FormatErrorMessage(property.Name)}");
            }
        }

        return options;
    }

    /// <summary>Refuses sections that were not read. A name without anything below it may be meant for another program.</summary>
    public void Close()
    {
        foreach (var given in configuration.GetChildren().Where(given => !_sections.Contains(given.Key, StringComparer.OrdinalIgnoreCase) && given.GetChildren().Any()))
        {
            Diagnostics.Add($"{File}: {given.Key}: there is no such section{Suggest.Hint(given.Key, _sections)}");
        }
    }

    private void RefuseName(string place, string name, IEnumerable<string> known) => Diagnostics.Add($"{File}: {place}: there is no such option{Suggest.Hint(name, known)}");

    /// <summary>What the binder would pass over within an option: names that its type does not have.</summary>
    private void CheckNames(IConfigurationSection given, Type type)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Dictionary<,>))
        {
            foreach (var child in given.GetChildren()) CheckNames(child, type.GenericTypeArguments[1]);
        }
        else if (type.Assembly.GetName().Name?.StartsWith("Orchestrator.", StringComparison.Ordinal) == true && !type.IsEnum)
        {
            var properties = PropertiesOf(type).ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);
            foreach (var child in given.GetChildren())
            {
                if (properties.TryGetValue(child.Key, out var property)) CheckNames(child, property.PropertyType);
                else RefuseName(child.Path, child.Key, properties.Values.Select(known => known.Name));
            }
        }
    }

    /// <summary>Those that a binder sets or fills.</summary>
    private static IEnumerable<PropertyInfo> PropertiesOf(Type type) =>
        type.GetProperties().Where(property => property.CanWrite || typeof(System.Collections.IEnumerable).IsAssignableFrom(property.PropertyType) || property.PropertyType.IsClass);

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
                : type == typeof(Uri) ? "an address like http://127.0.0.1:8080" : type == typeof(bool) ? "true or false"
                : type.IsEnum ? string.Join(", ", Enum.GetNames(type)) : type.IsArray ? "a list of texts" : "a number";
            Diagnostics.Add($"{File}: {given.Path}: '{given.Value}' does not fit; give {example}");
        }
    }
}

using System.ComponentModel.DataAnnotations;

namespace Orchestrator.Workflows.Model.Bus;

/// <summary>Checks that a text is the address of a message broker, without asking it.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class BrokerAddressAttribute() : ValidationAttribute($"{{0}} is no address of a message broker; write it as in {BrokerAddress.Example}")
{
    public override bool IsValid(object? value) => value is not string text || BrokerAddress.TryParse(text, out _, out _);
}

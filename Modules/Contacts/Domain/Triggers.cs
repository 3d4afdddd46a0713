namespace Crm.Contacts.Domain;

/// <summary>Type names of the triggers that contacts fire.</summary>
internal static class Triggers
{
    public const string ContactCreated = "Crm.ContactCreated";
    public const string ContactChanged = "Crm.ContactChanged";
}

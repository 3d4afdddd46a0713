using Crm.Core;
using Crm.Messaging.Writing;
using Crm.Platform.Contracts;
using FluentValidation;
using MediatR;

namespace Crm.Messaging.Features.Settings;

/// <summary>What templates say of our own company.</summary>
[Requires(MessagingPermissions.Settings)]
internal sealed class SaveCompanyCommand : ICommand
{
    public string? Name { get; set; }

    public string? Phone { get; set; }

    public string? Address { get; set; }

    public string? Website { get; set; }

    public string? BaseUrl { get; set; }
}

internal sealed class SaveCompanyValidator : AbstractValidator<SaveCompanyCommand>
{
    public SaveCompanyValidator()
    {
        RuleFor(c => c.Name).MaximumLength(200);
        RuleFor(c => c.Phone).MaximumLength(50);
        RuleFor(c => c.Address).MaximumLength(500);
        RuleFor(c => c.Website).MaximumLength(200);
        RuleFor(c => c.BaseUrl).MaximumLength(200).Must(u => string.IsNullOrEmpty(u) || (Uri.TryCreate(u, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")).WithMessage("Give an address that begins with http:// or https://.");
    }
}

internal sealed class SaveCompanyHandler(ISettings settings) : IRequestHandler<SaveCompanyCommand, Unit>
{
    public async Task<Unit> Handle(SaveCompanyCommand c, CancellationToken cancellationToken)
    {
        await settings.SetAsync(CompanyData.Key, new CompanyData { Name = c.Name, Phone = c.Phone, Address = c.Address, Website = c.Website, BaseUrl = c.BaseUrl }, cancellationToken);
        return Unit.Value;
    }
}

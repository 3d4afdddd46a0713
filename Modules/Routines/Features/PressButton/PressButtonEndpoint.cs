using Crm.Core;
using Crm.Web;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Routines.Features.PressButton;

/// <summary>Where the buttons of the customer's page lead.</summary>
internal sealed class PressButtonEndpoint : IModuleEndpoints
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/jobs/press", PressAsync).WithMetadata(new RequiresAttribute(RoutinesPermissions.Start)).ExcludeFromDescription();

    // Read by hand: bound as a form, a body of another kind would be refused before anybody asked for rights.
    private static async Task<IResult> PressAsync(HttpRequest request, IMediator mediator, CancellationToken ct)
    {
        if (!request.HasFormContentType || await request.ReadFormAsync(ct) is not { } form || !Guid.TryParse(form["contact"], out var contact)) throw new NotFound("contact");
        await mediator.Send(new PressButtonCommand { ContactId = contact, Button = form["button"].ToString() }, ct);
        return Results.Redirect($"/contacts/{contact}");
    }
}

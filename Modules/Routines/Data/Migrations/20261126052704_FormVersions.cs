using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Routines.Data.Migrations
{
    /// <inheritdoc />
    public partial class FormVersions : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "for_customers",
                schema: "routines",
                table: "forms",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<int>(
                name: "published_number",
                schema: "routines",
                table: "forms",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "published_version_id",
                schema: "routines",
                table: "forms",
                type: "uuid",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "filled_forms",
                schema: "routines",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    form_id = table.Column<Guid>(type: "uuid", nullable: false),
                    form_name = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    form_version_id = table.Column<Guid>(type: "uuid", nullable: false),
                    contact_id = table.Column<Guid>(type: "uuid", nullable: false),
                    branch_id = table.Column<Guid>(type: "uuid", nullable: false),
                    answers = table.Column<string>(type: "text", nullable: false),
                    filled_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    filled_by = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: true),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_by = table.Column<Guid>(type: "uuid", nullable: true),
                    deleted_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    deleted_by = table.Column<Guid>(type: "uuid", nullable: true),
                    deletion_id = table.Column<Guid>(type: "uuid", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_filled_forms", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "form_versions",
                schema: "routines",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    form_id = table.Column<Guid>(type: "uuid", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    design = table.Column<string>(type: "text", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: true),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_by = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_form_versions", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_filled_forms_contact_id_filled_at",
                schema: "routines",
                table: "filled_forms",
                columns: new[] { "contact_id", "filled_at" });

            migrationBuilder.CreateIndex(
                name: "ix_filled_forms_form_id",
                schema: "routines",
                table: "filled_forms",
                column: "form_id");

            migrationBuilder.CreateIndex(
                name: "ux_form_versions_form_id_number",
                schema: "routines",
                table: "form_versions",
                columns: new[] { "form_id", "number" },
                unique: true);

            // Forms of before were given out by being saved: what stands there is their first version. The list of fields it holds is read as a form of one section.
            migrationBuilder.Sql("""
                insert into routines.form_versions (id, form_id, number, design, created_at, created_by, updated_at, updated_by)
                select gen_random_uuid(), id, 1, fields::text, updated_at, updated_by, updated_at, updated_by from routines.forms;
                update routines.forms f set published_version_id = v.id, published_number = 1 from routines.form_versions v where v.form_id = f.id;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "filled_forms",
                schema: "routines");

            migrationBuilder.DropTable(
                name: "form_versions",
                schema: "routines");

            migrationBuilder.DropColumn(
                name: "for_customers",
                schema: "routines",
                table: "forms");

            migrationBuilder.DropColumn(
                name: "published_number",
                schema: "routines",
                table: "forms");

            migrationBuilder.DropColumn(
                name: "published_version_id",
                schema: "routines",
                table: "forms");
        }
    }
}
